import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import { siteShelf } from '../shelf';
import { Desk, type Start } from './desk.svelte';
import Page from './Page.svelte';

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  mount(Page, { target, props: { desk: new Desk(JSON.parse(start) as Start, siteShelf()) } });
}
