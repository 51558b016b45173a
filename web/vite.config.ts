import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import purgecss from '@fullhuman/postcss-purgecss';
import subset from 'subset-font';
import type { Plugin as PostcssPlugin } from 'postcss';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const here = import.meta.dirname;

/** One step of the city's colour, where it has one. */
const step = (lightness: number, else_: string): string => `var(--tema-${Math.round(lightness)}, ${else_})`;

/**
 * bootstrap-italia compiles its primary colour to literals. This turns the ramp into custom
 * properties, so that the server themes a city with one small style sheet: `--tema-40` is the
 * colour itself, other numbers its lighter and darker steps. In PostCSS, so before files are named
 * by their content.
 */
const tema: PostcssPlugin = {
  postcssPlugin: 'tema',
  OnceExit(root) {
    root.walkDecls((declaration) => {
      if (declaration.prop.startsWith('--bs-primary')) return;
      declaration.value = declaration.value
        .replace(
          /hsl\(210, (\d+(?:\.\d+)?)%, (\d+(?:\.\d+)?)%\)/g,
          (colour: string, saturation: string, lightness: string) =>
            Number(saturation) >= 60 && Number(lightness) <= 50 ? step(Number(lightness), colour) : colour,
        )
        // Shades that Sass has mixed: the same hue, in shares of red, green and blue.
        .replace(
          /rgb\(0%, (\d+(?:\.\d+)?)%, (\d+(?:\.\d+)?)%\)/g,
          (colour: string, green: string, blue: string) =>
            Number(green) * 2 === Number(blue) ? step(Number(green), colour) : colour,
        )
        .replaceAll('#003366', step(20, '#003366'));
    });
  },
};

/** Beside each text in `dist/assets` the same one, compressed once and as well as it goes. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  closeBundle() {
    const assets = join(here, 'dist/assets');
    const files = readdirSync(assets);
    const texts = files.filter((file) => /\.(js|css|svg)$/.test(file) && !files.includes(`${file}.br`));
    for (const name of texts) {
      const bytes = readFileSync(join(assets, name));
      const text = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes, { params: text }));
      writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

/**
 * The characters that nearly every page shows, English and Italian, as fonts of their own, so that
 * a first visit waits for less. The rest comes when a text has it. `fonts.scss` says the same
 * characters as ranges.
 */
const CORE = [
  ...Array.from({ length: 0x7e - 0x20 + 1 }, (_, n) => String.fromCodePoint(0x20 + n)),
  ...'\u00a0«°·»ÀÈÉÌÒÙàèéìòù–—‘’“”•…€',
].join('');

async function coreFonts(): Promise<void> {
  const into = join(here, 'node_modules/.fonts');
  mkdirSync(into, { recursive: true });
  for (const weight of ['400', '600']) {
    const whole = join(here, `node_modules/@fontsource/titillium-web/files/titillium-web-latin-${weight}-normal.woff2`);
    const core = await subset(readFileSync(whole), CORE, { targetFormat: 'woff2' });
    writeFileSync(join(into, `titillium-web-core-${weight}-normal.woff2`), core);
  }
}

/**
 * A build that is added to the one before it: one account of both, which is what the server reads.
 */
const added = (manifest: string): Plugin => ({
  name: 'added',
  apply: 'build',
  closeBundle() {
    const all = join(here, 'dist/manifest.json');
    const read = (account: string): object => JSON.parse(readFileSync(account, 'utf8'));
    const file = join(here, 'dist', manifest);
    writeFileSync(all, JSON.stringify({ ...read(all), ...read(file) }, null, 2));
    rmSync(file);
  },
});

/** One script for each page, `src/PAGE/main.ts`, and the style sheet of all of them. */
const pages = readdirSync(join(here, 'src'))
  .map((page) => [page, join(here, 'src', page, 'main.ts')] as const)
  .filter(([, script]) => existsSync(script));

await coreFonts();

/**
 * The citizen's page is built alone (`--mode citizen`, after all others): what it shared with the
 * staff's pages would be more files, and more of Svelte than it needs, for a phone on a slow network.
 */
const ALONE = 'citizen';

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), compressed, ...(mode === ALONE ? [added(`${ALONE}.json`)] : [])],
  css: {
    postcss: {
      plugins: [
        purgecss({
          // Pages that the server draws use the same classes.
          content: ['src/**/*.svelte', 'src/**/*.ts', '../src/http/**/*.rs'].map((files) =>
            join(here, files),
          ),
          // Svelte names its own scopes; our own variables are used in other files than they are said;
          // the overlay's classes are promised, and made of what the producer asks for.
          safelist: {
            standard: [/^svelte-/, /^filo-/, /^is-(entering|still|leaving)$/],
            variables: [/^--(?!bs-)/],
          },
          variables: true,
          keyframes: true,
        }),
        tema,
      ],
    },
    preprocessorOptions: {
      scss: {
        loadPaths: [resolve(here, 'node_modules')],
        quietDeps: true,
        // bootstrap-italia 2 is written in the Sass of 2021.
        silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function', 'abs-percent'],
      },
    },
  },
  build: {
    // 127: what OBS 31 and 32 draw the overlay with.
    target: ['chrome127', 'firefox128', 'safari16.4'],
    manifest: mode === ALONE ? `${ALONE}.json` : 'manifest.json',
    emptyOutDir: mode !== ALONE,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        ...Object.fromEntries(pages.filter(([page]) => (page === ALONE) === (mode === ALONE))),
        ...(mode === ALONE ? {} : { site: resolve(here, 'src/styles/site.scss') }),
      },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
}));
