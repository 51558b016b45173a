import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import { siteShelf } from '../shelf';
import { Live, type Start } from './live.svelte';
import Page from './Page.svelte';

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  const live = new Live(JSON.parse(start) as Start, siteShelf());
  // The page is drawn while the network answers.
  const end = live.begin();
  mount(Page, { target, props: { live, end } });
}
