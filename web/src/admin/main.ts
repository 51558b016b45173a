import { mount } from 'svelte';
import { keepLanguage } from '../language.svelte';
import Admin from './Admin.svelte';

const target = document.querySelector<HTMLElement>('#app');
if (target && keepLanguage()) mount(Admin, { target });
