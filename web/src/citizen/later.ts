/** What only who writes a question needs, so that a first visit does not wait for it. */
import { speaks } from '../language.svelte';
import type { Advice } from './advice.svelte';
import { sentences } from './masks';

export { default as Advised } from './Advised.svelte';
export { default as Refusal } from './Refusal.svelte';

export const words = speaks({
  it: {
    here: 'Qui:',
    willRead: 'I dati personali non si pubblicano. Si leggerà così:',
    sendMasked: 'Se va bene, premi di nuovo «Invia la domanda».',
    wouldBlock: 'Così non la possiamo accettare.',
    similar: (count: number): string =>
      count === 1 ? 'Somiglia a questa: vuoi sostenerla?' : 'Somiglia a queste: vuoi sostenerne una?',
    similarSpoken: (count: number): string =>
      count === 1 ? 'Prima del pulsante per inviare c’è una domanda simile.' : 'Prima del pulsante per inviare ci sono domande simili.',
  },
  en: {
    here: 'Here:',
    willRead: 'Personal data are not published. It will read:',
    sendMasked: 'If that is fine, press “Send the question” again.',
    wouldBlock: 'It cannot be accepted like this.',
    similar: (count: number): string =>
      count === 1 ? 'It is like this one: do you want to support it?' : 'It is like these: do you want to support one of them?',
    similarSpoken: (count: number): string =>
      count === 1 ? 'Before the button to send there is a question like it.' : 'Before the button to send there are questions like it.',
  },
});

/** All of it in one sentence, for who does not see it. */
export const spoken = ({ text, masked, blocked, similar }: Advice): string =>
  [
    ...(masked === null ? [] : sentences(masked, text)),
    ...(blocked.length > 0 ? [words().wouldBlock, ...blocked.map(({ detail }) => detail)] : []),
    ...(similar.length > 0 ? [words().similarSpoken(similar.length)] : []),
  ].join(' ');
