/** What is hidden in a question before anybody keeps it, in words. Pure. */
import { speaks } from '../language.svelte';

/** What stands in a text where something was, as the server writes it; who has it, with the verb. */
const hidden = speaks<Record<string, string>>({
  it: {
    '[telefono]': 'Il numero di telefono diventa',
    '[e-mail]': 'L’indirizzo e-mail diventa',
    '[codice fiscale]': 'Il codice fiscale diventa',
    '[iban]': 'L’IBAN diventa',
    '[carta]': 'Il numero della carta diventa',
    '[documento]': 'Il numero del documento diventa',
    '[tessera sanitaria]': 'Il numero della tessera sanitaria diventa',
    '[partita iva]': 'La partita IVA diventa',
    '[targa]': 'La targa diventa',
  },
  en: {
    '[telefono]': 'The phone number becomes',
    '[e-mail]': 'The e-mail address becomes',
    '[codice fiscale]': 'The tax code becomes',
    '[iban]': 'The IBAN becomes',
    '[carta]': 'The card number becomes',
    '[documento]': 'The number of the document becomes',
    '[tessera sanitaria]': 'The number of the health card becomes',
    '[partita iva]': 'The VAT number becomes',
    '[targa]': 'The number plate becomes',
  },
});

/** The text as it will be read, in pieces; those that hide something say what. */
export function pieces(masked: string, written: string): { text: string; says: string | null }[] {
  return masked.split(/(\[[a-z -]+\])/).flatMap((text) => {
    if (text === '') return [];
    // Who has written the word in brackets themselves hides nothing.
    const says = written.includes(text) ? undefined : hidden()[text];
    return [{ text, says: says ? `${says} ${text}.` : null }];
  });
}

/** "Il numero di telefono diventa [telefono]." for each kind of thing that is hidden. */
export const sentences = (masked: string, written: string): string[] => [
  ...new Set(pieces(masked, written).flatMap(({ says }) => says ?? [])),
];
