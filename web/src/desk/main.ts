import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import { Desk, type Start } from './desk.svelte';
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
  mount(Page, { target, props: { desk: new Desk(JSON.parse(start) as Start, shelf()) } });
}
