import { mount } from 'svelte';
import '../styles/fonts.scss';
import './overlay.css';
import { Live, type Start } from './live.svelte';
import Overlay from './Overlay.svelte';
import { parameters } from './parameters';

/** How often a session is looked for that is not there yet. */
const LOOK_MS = 10_000;

/**
 * The page is loaded again when there is a session, and only then: whatever a browser draws in place
 * of a page that it cannot have would be on the picture.
 */
function awaitSession(): void {
  setTimeout(async () => {
    const answer = await fetch(location.pathname).catch(() => null);
    if (answer?.ok) location.reload();
    else awaitSession();
  }, LOOK_MS);
}

function draw(target: HTMLElement, start: Start): void {
  const asked = parameters(location.search);
  const { classList } = document.documentElement;
  classList.toggle('filo-dark', asked.theme === 'dark');
  classList.toggle('filo-card-wall', asked.card === 'wall');
  const live = new Live(start, asked, location.hash.slice(1));
  mount(Overlay, { target, props: { live } });
}

const target = document.querySelector<HTMLElement>('#app');
const written = document.querySelector('#page')?.textContent;
if (target && written) {
  const start = JSON.parse(written) as Start | { slug: null };
  if (start.slug === null) awaitSession();
  else draw(target, start);
}
