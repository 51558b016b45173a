/** Sentences that several pages of the staff use. */
import { speaks } from '../language.svelte';

const it = {
  copy: 'Copia',
  copyName: (what: string) => `Copia l’indirizzo: ${what}`,
  copied: 'Copiato.',
  notCopied: 'Il browser non permette di copiare: il testo è selezionato, copialo a mano.',
  notSent: 'Nessuna connessione: non inviato.',
};

const en: typeof it = {
  copy: 'Copy',
  copyName: (what: string) => `Copy the address: ${what}`,
  copied: 'Copied.',
  notCopied: 'The browser does not allow copying: the text is selected, copy it by hand.',
  notSent: 'No connection: not sent.',
};

export const words = speaks({ it, en });
