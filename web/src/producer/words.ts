/** Every sentence of the producer's page: terse, to be read with one eye. */
import { plural, speaks } from '../language.svelte';
import type { Standing } from '../screens';
import type { Trouble } from '../seat.svelte';
import type { Variant } from './links';

const it = {
  title: 'Regia',
  languages: 'Lingua',
  line: { connecting: 'mi collego…', live: 'collegata', standing: 'nessun posto libero', lost: 'connessione persa', gone: 'scollegata' },
  lost: 'Connessione persa. Riprovo da solo. Quello che premi adesso non parte, nemmeno dopo.',
  gone: 'Questa pagina non è più collegata. Serve un nuovo invito dell’ufficio stampa.',
  unknown: 'Senza connessione non so che cosa è in onda.',

  onAir: 'In onda',
  since: (time: string) => `da ${time}`,
  nothing: 'Niente in onda',
  anonymous: 'Senza nome',
  waiting: (count: number) => (count === 0 ? 'Scaletta vuota' : plural(count, 'domanda in scaletta', 'domande in scaletta')),
  doubt: 'Dopo un’interruzione del server questa domanda non è su nessuno schermo, finché il palco o la redazione non la conferma.',
  offAir: 'Togli dalla diretta',
  taking: 'La tolgo…',
  trouble: {
    unreached: 'Non inviato: il server non risponde. È ancora in onda: togli la sorgente in OBS.',
    unanswered: 'Il server non ha ancora confermato. Guarda gli schermi, o togli la sorgente in OBS.',
    still: 'La connessione è tornata e la domanda è ancora in onda: premi di nuovo.',
    unrecorded: 'Gli schermi sono vuoti, ma il server non riesce a registrarlo. Riprova da solo: avvisa chi lo gestisce.',
  } satisfies Record<Trouble, string>,

  overlay: 'Grafica',
  show: 'Mostra la grafica',
  hide: 'Nascondi la grafica',
  isShown: 'Segue la diretta.',
  isHidden: 'È nascosta: nello streaming non si vede nessuna domanda.',

  screens: 'Schermi',
  noScreens: 'Nessuno schermo si è fatto sentire. Le grafiche contano solo con la chiave nell’indirizzo.',
  unknownScreens: 'Senza connessione non so che cosa mostrano.',
  kind: { stage: 'Palco', overlay: 'Grafica' },
  showsNothing: 'niente',
  showsOther: 'un’altra domanda, non più in scaletta',
  verdict: { right: 'Come deve', settling: 'Cambia…', wrong: 'Diverso', silent: 'Non si sente' } satisfies Record<Standing['is'], string>,
  heard: (seconds: number) => (seconds < 1 ? 'sentito adesso' : `sentito ${seconds} s fa`),

  links: 'Indirizzi per OBS o vMix',
  linksHint: 'Contengono una chiave segreta: chi la conosce può dire alla redazione che cosa mostra la grafica. Non mostrarli in diretta, non pubblicarli.',
  linksShow: 'Mostra gli indirizzi',
  linksHide: 'Nascondi gli indirizzi',
  variant: { lower: 'Sottopancia', wall: 'Parete, con il codice QR', test: 'Sottopancia di prova' } satisfies Record<Variant, string>,
  obs: 'In OBS',
  obsSteps: [
    'Fonti → + → Browser: incolla l’indirizzo.',
    'Larghezza 1920, altezza 1080. Non serve alcun CSS: lo sfondo è trasparente.',
    'Lascia spente le due opzioni che chiudono o ricaricano la pagina quando cambia la scena.',
  ],
  unreachable: 'Il server non risponde. Riprova.',
};

const en: typeof it = {
  title: 'Producer',
  languages: 'Language',
  line: { connecting: 'connecting…', live: 'connected', standing: 'no seat is free', lost: 'connection lost', gone: 'disconnected' },
  lost: 'Connection lost. Retrying by itself. What you press now is not sent, not even later.',
  gone: 'This page is not connected any more. It needs a new invitation from the press office.',
  unknown: 'Without a connection I do not know what is on air.',

  onAir: 'On air',
  since: (time) => `for ${time}`,
  nothing: 'Nothing on air',
  anonymous: 'No name',
  waiting: (count) => (count === 0 ? 'Running order empty' : plural(count, 'question in the running order', 'questions in the running order')),
  doubt: 'After an interruption of the server this question is on no screen, until stage or desk confirms it.',
  offAir: 'Take off air',
  taking: 'Taking it off…',
  trouble: {
    unreached: 'Not sent: the server does not answer. It is still on air: hide the source in OBS.',
    unanswered: 'The server has not confirmed it yet. Look at the screens, or hide the source in OBS.',
    still: 'The connection is back and the question is still on air: press again.',
    unrecorded: 'The screens are clear, but the server cannot record it. It retries by itself: tell whoever runs it.',
  },

  overlay: 'Overlay',
  show: 'Show the overlay',
  hide: 'Hide the overlay',
  isShown: 'Follows what is on air.',
  isHidden: 'It is hidden: no question is seen in the stream.',

  screens: 'Screens',
  noScreens: 'No screen has been heard. Overlays count only with the key in their address.',
  unknownScreens: 'Without a connection I do not know what they show.',
  kind: { stage: 'Stage', overlay: 'Overlay' },
  showsNothing: 'nothing',
  showsOther: 'another question, not in the running order any more',
  verdict: { right: 'As it should', settling: 'Changing…', wrong: 'Different', silent: 'Not heard' },
  heard: (seconds) => (seconds < 1 ? 'heard just now' : `heard ${seconds} s ago`),

  links: 'Addresses for OBS or vMix',
  linksHint: 'They contain a secret key: whoever knows it can tell the desk what the overlay shows. Do not show them on air, do not publish them.',
  linksShow: 'Show the addresses',
  linksHide: 'Hide the addresses',
  variant: { lower: 'Lower third', wall: 'Wall, with the QR code', test: 'Lower third, test card' },
  obs: 'In OBS',
  obsSteps: [
    'Sources → + → Browser: paste the address.',
    'Width 1920, height 1080. No CSS is needed: the background is transparent.',
    'Leave the two options off that close or reload the page when the scene changes.',
  ],
  unreachable: 'The server does not answer. Try again.',
};

export const words = speaks({ it, en });
