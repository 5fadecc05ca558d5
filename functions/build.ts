/** `npm run build`: one folder a function under build/, ready to be zipped and deployed. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const SOURCE = 'functions';
const TARGET = 'build';

/** Kept out of the bundle: native code, and the framework, whose registry must be the launcher's own. */
const EXTERNAL = ['onnxruntime-node', '@google-cloud/functions-framework'];

const { dependencies, engines } = JSON.parse(await readFile('package.json', 'utf8'));

async function buildFunction(name: string): Promise<void> {
  const folder = join(TARGET, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(SOURCE, name, 'index.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    legalComments: 'linked',
    sourcemap: 'linked',
    metafile: true,
    external: EXTERNAL,
    // Bundled CommonJS packages ask for Node's own modules by require, and for their folder.
    banner: {
      js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url), $dirname = import.meta.dirname;",
    },
    define: { __dirname: '$dirname' },
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  const used = EXTERNAL.filter((external) => imported.some(({ path }) => path === external));
  const manifest = {
    name: `flit-${name}`,
    private: true,
    type: 'module',
    main: 'index.js',
    engines,
    dependencies: Object.fromEntries(used.map((external) => [external, dependencies[external]])),
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await cp('.npmrc', join(folder, '.npmrc'));
  await cp('sql', join(folder, 'sql'), { recursive: true });
}

const entries = await readdir(SOURCE, { withFileTypes: true });
for (const { name } of entries.filter((entry) => entry.isDirectory())) {
  await buildFunction(name);
  process.stdout.write(`${TARGET}/${name}\n`);
}
