import { mount } from 'svelte';
import '../styles/fonts.scss';
import './overlay.css';
import { Live, type Start } from './live.svelte';
import Overlay from './Overlay.svelte';
import { parameters } from './parameters';

const target = document.querySelector<HTMLElement>('#app');
const start = document.querySelector('#page')?.textContent;
if (target && start) {
  const asked = parameters(location.search);
  const { classList } = document.documentElement;
  classList.toggle('filo-dark', asked.theme === 'dark');
  classList.toggle('filo-card-wall', asked.card === 'wall');
  const live = new Live(JSON.parse(start) as Start, asked, location.hash.slice(1));
  mount(Overlay, { target, props: { live } });
}
