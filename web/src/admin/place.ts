/** The views of `/admin` are addresses of their own, so that back, reload and a bookmark work. */
export type View =
  | { kind: 'sessions' }
  | { kind: 'create' }
  | { kind: 'city' }
  | { kind: 'health' }
  | { kind: 'session'; slug: string };

/** Which view an address is of. */
export function viewOf(query: string): View {
  const fields = new URLSearchParams(query);
  const slug = fields.get('session');
  if (slug !== null) return { kind: 'session', slug };
  if (fields.has('city')) return { kind: 'city' };
  if (fields.has('health')) return { kind: 'health' };
  return fields.has('new') ? { kind: 'create' } : { kind: 'sessions' };
}

/** The address of a view; a language that was chosen goes along. */
export function to(view: View, query: string = globalThis.location?.search ?? ''): string {
  const fields = new URLSearchParams();
  if (view.kind === 'session') fields.set('session', view.slug);
  if (view.kind === 'city') fields.set('city', '1');
  if (view.kind === 'health') fields.set('health', '1');
  if (view.kind === 'create') fields.set('new', '1');
  const language = new URLSearchParams(query).get('lang');
  if (language !== null) fields.set('lang', language);
  return fields.size === 0 ? '/admin' : `/admin?${fields.toString()}`;
}
