import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import { Live, type Start } from './live.svelte';
import Page from './Page.svelte';

/** What a browser keeps for this site; some keep nothing. */
function shelf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  const live = new Live(JSON.parse(start) as Start, shelf());
  mount(Page, { target, props: { live } });
}
