import { mount } from 'svelte';
import Admin from './Admin.svelte';

const target = document.querySelector<HTMLElement>('#app');
if (target) mount(Admin, { target });
