import { mount } from 'svelte';
import Page from './Page.svelte';

const target = document.querySelector<HTMLElement>('#app');
if (target) mount(Page, { target });
