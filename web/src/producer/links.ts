/** The overlay's addresses, ready to be pasted. Pure. */

export const VARIANTS = ['lower', 'wall', 'test'] as const;
export type Variant = (typeof VARIANTS)[number];

const FIELDS: Record<Variant, readonly [string, string] | null> = {
  lower: null,
  wall: ['card', 'wall'],
  test: ['test', '1'],
};

/** The address of a variant: what is asked for stands before the `#`, the key behind it. */
export function addressOf(link: string, origin: string, variant: Variant): string {
  const address = new URL(link, origin);
  const field = FIELDS[variant];
  if (field) address.searchParams.set(...field);
  return address.href;
}
