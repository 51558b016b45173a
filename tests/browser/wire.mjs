// A program at a socket, in a page of its own: what it says is written by the story, word for word.

import { Phone } from './phone.mjs';

/** Takes a seat, with a token or as nobody; `told(type)` is the last message of that kind. */
export async function wire(t, house, slug, as, token) {
  const program = await Phone.of();
  t.after(() => program.leaves());
  await program.goes(house.url);
  await program.page.evaluate(([slug, as, token]) => {
    const url = `${location.origin.replace('http', 'ws')}/ws/v1/sessions/${slug}?as=${as}`;
    window.told = {};
    window.wire = new WebSocket(url, ['filodiretto.v1', ...(token ? [`bearer.${token}`] : [])]);
    window.wire.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      window.told[message.type] = message;
    };
    return new Promise((open, never) => Object.assign(window.wire, { onopen: open, onerror: never }));
  }, [slug, as, token]);
  return {
    says: (message) => program.page.evaluate((text) => window.wire.send(text), JSON.stringify(message)),
    told: (type) => program.page.evaluate((type) => window.told[type], type),
    leaves: () => program.page.evaluate(() => window.wire.close()),
  };
}
