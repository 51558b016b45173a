import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import '../styles/fonts.scss';
import './stage.css';
import Page from './Page.svelte';
import { Stage, type Start } from './stage.svelte';

/** What this tab keeps until it is closed; some browsers keep nothing. */
function shelf(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start && keepLanguage()) {
  const light = new URLSearchParams(location.search).get('theme') === 'light';
  document.documentElement.setAttribute('data-theme', light ? 'light' : 'dark');
  mount(Page, { target, props: { stage: new Stage(JSON.parse(start) as Start, shelf()) } });
}
