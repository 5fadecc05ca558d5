/** One CommonJS file out of sources and packages. */
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** A file, or a text with the folder that its imports start from. */
export type BundleEntry = string | { readonly text: string; readonly folder: string };

/**
 * CommonJS, because the launcher asks for the package.json of an ES module's folder through a
 * package of its own, and Node reads every export of its own modules that an ES module imports:
 * both take longer than a bundle does. Names stay as they are, for stack traces.
 *
 * @param file where it goes, and its source map with it
 */
export async function bundle(
  entry: BundleEntry,
  file: string,
  options: Pick<BuildOptions, 'banner' | 'external' | 'footer' | 'plugins'>,
): Promise<Metafile> {
  const { metafile } = await build({
    ...(typeof entry === 'string'
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.text, resolveDir: entry.folder } }),
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    sourcemap: 'external',
    metafile: true,
    ...options,
  });
  return metafile;
}
