document.querySelector('#app')?.replaceChildren();
