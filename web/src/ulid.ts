/** 26 letters that nobody else draws: ten of the time, sixteen of chance. */
export function ulid(now: number = Date.now()): string {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let time = now;
  let id = '';
  for (; id.length < 10; time = Math.floor(time / 32)) id = letters[time % 32] + id;
  const chance = crypto.getRandomValues(new Uint8Array(16));
  return id + Array.from(chance, (byte) => letters[byte % 32]).join('');
}
