import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import Page from './Page.svelte';
import { Producer, type Start } from './producer.svelte';

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  mount(Page, { target, props: { producer: new Producer(JSON.parse(start) as Start) } });
}
