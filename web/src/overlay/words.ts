/** The few words of the wall and of the test card. On a lower third stands none of ours. */
import { speaks } from '../language.svelte';

export const words = speaks({
  it: {
    tag: 'it',
    onAir: 'In onda',
    ask: 'Fai la tua domanda',
    follow: 'Segui la diretta',
    qr: 'Codice QR dell’indirizzo',
    test: {
      mark: 'PROVA',
      name: 'Nome e cognome',
      topic: 'Argomento',
      sentence:
        'Questa è una domanda di prova, lunga quanto la più lunga che si può fare: serve a controllare che in regia ' +
        'si legga tutta, fino all’ultima parola, senza coprire chi parla. Accenti e apostrofi: perché, città, ' +
        'più, così, l’ultima. Numeri: 1234567890.',
    },
  },
  en: {
    tag: 'en',
    onAir: 'On air',
    ask: 'Ask your question',
    follow: 'Follow it live',
    qr: 'QR code of the address',
    test: {
      mark: 'TEST',
      name: 'First and last name',
      topic: 'Topic',
      sentence:
        'This is a test question, as long as the longest one that can be asked: it shows whether the whole of it ' +
        'can be read in the picture, down to the last word, without covering whoever is speaking. ' +
        'Numbers: 1234567890.',
    },
  },
});
