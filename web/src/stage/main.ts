import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import { tabShelf } from '../shelf';
import '../styles/fonts.scss';
import './stage.css';
import Page from './Page.svelte';
import { Stage, type Start } from './stage.svelte';

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  const light = new URLSearchParams(location.search).get('theme') === 'light';
  document.documentElement.setAttribute('data-theme', light ? 'light' : 'dark');
  mount(Page, { target, props: { stage: new Stage(JSON.parse(start) as Start, tabShelf()) } });
}
