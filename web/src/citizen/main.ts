import { mount } from 'svelte';
import Page from './Page.svelte';

const target = document.querySelector<HTMLElement>('#page');
if (target) mount(Page, { target });
