// What the program is made of: `licences.txt`, every licence with its text, as they ask for it, and
// `filodiretto.cdx.json`, the same as a list for programs (CycloneDX 1.5).
//
//   node .dist/parts.mjs TARGET VERSION FOLDER
//
// Of the server: what Cargo.lock names and the build for this target links. Of the pages: what
// stands in web/dist; what only builds or tests is neither.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [target, version, folder] = process.argv.slice(2);

/** Packages whose code, styles or letters are in web/dist. */
const PAGES = ['@fontsource/titillium-web', 'bootstrap-italia', 'hls.js', 'svelte', 'uqr'];

/** Not a package of a registry, and in the program all the same. */
const ASIDE = [
  { name: 'SQLite', licence: 'blessing', text: 'In the public domain: https://www.sqlite.org/copyright.html' },
  {
    name: 'GNU C Library',
    licence: 'LGPL-2.1-or-later',
    text:
      'Linked statically, as the machine that built this had it. Its source is the package glibc of that\n' +
      'system; the text of the licence is /usr/share/common-licenses/LGPL-2.1. Whoever has the sources of\n' +
      'Filo Diretto can link them anew with another version of it: `make dist`.',
  },
];

const isLicence = (name) => /^(licen[cs]e|copying|notice|unlicense|ofl)([-._].*)?$/i.test(name);

function texts(where) {
  const names = readdirSync(where, { withFileTypes: true }).filter((file) => file.isFile() && isLicence(file.name));
  return names.map((file) => file.name).sort().map((name) => readFileSync(join(where, name), 'utf8').trim());
}

function crates() {
  const all = JSON.parse(
    execFileSync('cargo', ['metadata', '--locked', '--format-version', '1', '--filter-platform', target], {
      maxBuffer: 1 << 28,
    }),
  );
  const nodes = new Map(all.resolve.nodes.map((node) => [node.id, node]));
  const packages = new Map(all.packages.map((crate) => [crate.id, crate]));
  const own = all.packages.find((crate) => crate.name === 'filodiretto');
  const linked = new Set();
  const queue = [own.id];
  for (const id of queue) {
    if (linked.has(id)) continue;
    linked.add(id);
    for (const dep of nodes.get(id).deps) {
      const isMacro = packages.get(dep.pkg).targets.some((made) => made.kind.includes('proc-macro'));
      if (!isMacro && dep.dep_kinds.some((kind) => kind.kind === null)) queue.push(dep.pkg);
    }
  }
  linked.delete(own.id);
  return [...linked].map((id) => {
    const { name, version, license, manifest_path } = packages.get(id);
    return { name, version, licence: license, purl: `pkg:cargo/${name}@${version}`, texts: texts(dirname(manifest_path)) };
  });
}

function pages() {
  return PAGES.map((name) => {
    const where = join('web/node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(where, 'package.json'), 'utf8'));
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return { name, version, licence: license, purl, texts: texts(where) };
  });
}

const parts = [...crates(), ...pages()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
const unsaid = parts.filter((part) => !part.licence);
if (unsaid.length > 0) {
  console.error(`make dist: no licence is named by ${unsaid.map((part) => part.purl).join(', ')}`);
  process.exit(1);
}

// The same text stands once, with all whose it is.
const byText = new Map();
for (const part of parts) {
  for (const text of part.texts) {
    byText.set(text, [...(byText.get(text) ?? []), `${part.name} ${part.version}`]);
  }
}
const rule = '='.repeat(96);
const list = parts.map((part) => `${part.name} ${part.version}: ${part.licence}`);
const bare = parts.filter((part) => part.texts.length === 0).map((part) => `${part.name} ${part.version}`);
const licences = [
  `What Filo Diretto ${version} is made of, beside its own code (EUPL-1.2). First all parts with their\n` +
    'licences, then the texts that came with them, each once.',
  [...list, ...ASIDE.map((part) => `${part.name}: ${part.licence}`)].join('\n'),
  ...ASIDE.map((part) => `${rule}\n${part.name}\n\n${part.text}`),
  ...[...byText].map(([text, whose]) => `${rule}\n${whose.join(', ')}\n\n${text}`),
];
if (bare.length > 0) {
  licences.push(`${rule}\nCame without a text, under the licence named above: ${bare.join(', ')}`);
}
writeFileSync(join(folder, 'licences.txt'), `${licences.join('\n\n')}\n`);

const listed = [...parts, ...ASIDE].map(({ name, version, licence, purl }) => ({
  type: 'library',
  name,
  ...(version && { version }),
  licenses: [{ expression: licence }],
  ...(purl && { purl, 'bom-ref': purl }),
}));
const bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
    component: { type: 'application', name: 'filodiretto', version, licenses: [{ expression: 'EUPL-1.2' }] },
  },
  components: listed,
};
writeFileSync(join(folder, 'filodiretto.cdx.json'), `${JSON.stringify(bom, null, 1)}\n`);
console.log(`${parts.length + ASIDE.length} parts, ${byText.size} texts of licences, ${bare.length} parts without one`);
