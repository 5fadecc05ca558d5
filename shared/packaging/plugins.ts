/** What a bundle leaves out of its packages, or takes from elsewhere. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';
import { trimProtos } from './protos.ts';

/** Where a function's folder has the native half of onnxruntime, and the framework. */
export const ONNXRUNTIME_FOLDER = 'onnxruntime';
export const FRAMEWORK_FOLDER = 'functions-framework';

/** All that any function calls through gRPC. */
const CALLED = { service: 'google.pubsub.v1.Publisher', methods: ['Publish'] } as const;

/**
 * Cuts the descriptions of Google's APIs down to what is called, and leaves out those of the
 * interfaces that every generated client brings along: access policies, locations, operations.
 */
export const trimmedProtos: Plugin = {
  name: 'trimmed-protos',
  setup(build) {
    build.onLoad({ filter: /\bpubsub-api\/build\/protos\/protos\.json$/ }, async ({ path }) => ({
      loader: 'json',
      contents: JSON.stringify(
        trimProtos(JSON.parse(await readFile(path, 'utf8')), CALLED.service, CALLED.methods),
      ),
    }));
    const unused =
      /\b(google-gax\/build\/protos\/(iam_service|locations|operations)\.js(on)?|pubsub(-api)?\/build\/protos\/protos\.js)$/;
    build.onLoad({ filter: unused }, ({ path }) =>
      path.endsWith('.json')
        ? { loader: 'json', contents: '{"nested":{}}' }
        : { loader: 'js', contents: 'module.exports = {};' },
    );
    build.onLoad({ filter: /\bprotobufjs\/ext\/descriptor\/index\.js$/ }, () => ({
      loader: 'js',
      contents: UNDESCRIBED,
    }));
  },
};

/** Instead of what describes every message in protobuf's own terms, for those who serve reflection. */
const UNDESCRIBED = `
  const none = { file: [], $type: { toObject: () => ({}) } };
  require('../../src/object').prototype.toDescriptor = () => none;`;

/**
 * Takes from Node what the clients' transport brings a copy of: with `fetch-blob` come all of Node's
 * streams of the web, which nothing here sends by.
 */
export const nodesBlob: Plugin = {
  name: 'nodes-blob',
  setup(build) {
    build.onLoad({ filter: /\bfetch-blob\/(index|file|from)\.js$/ }, ({ path }) => ({
      loader: 'js',
      contents: BLOBS[basename(path)]!,
    }));
  },
};

const BLOBS: Readonly<Record<string, string>> = {
  'index.js': `export { Blob, Blob as default } from 'node:buffer';`,
  'file.js': `export { File, File as default } from 'node:buffer';`,
  'from.js': `
    const none = () => { throw new Error('No files are sent.'); };
    export { none as blobFrom, none as blobFromSync, none as fileFrom, none as fileFromSync };
    export { Blob, File } from 'node:buffer';`,
};

/**
 * Has gRPC tell IPv6 by its colon: it asks of addresses that were resolved, and the expression that
 * Node asks by takes V8 longer to compile than a decision may take.
 */
export const ipv6ByColon: Plugin = {
  name: 'ipv6-by-colon',
  setup(build) {
    const asking = /\bgrpc-js\/build\/src\/(load-balancer-pick-first|subchannel-address)\.js$/;
    build.onLoad({ filter: asking }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replaceAll('(0, net_1.isIPv6)(', '((host) => host.includes(":"))(');
      if (contents === source) throw new Error(`${path} does not ask for IPv6 as is known.`);
      return { loader: 'js', contents };
    });
  },
};

/** Lets the JavaScript half of onnxruntime into the bundle; its native half stays a file beside it. */
export const nativeOnnxruntime: Plugin = {
  name: 'native-onnxruntime',
  setup(build) {
    const file = `./${ONNXRUNTIME_FOLDER}/onnxruntime_binding.node`;
    build.onLoad({ filter: /\bonnxruntime-node\/dist\/binding\.js$/ }, async ({ path }) => {
      const [before, after, ...more] = (await readFile(path, 'utf8')).split(
        /require\(`[^`]*\.node`\)/,
      );
      if (after === undefined || more.length > 0) {
        throw new Error(`${path} does not load its native half in the way that is known.`);
      }
      return { loader: 'js', contents: `${before}require('${file}')${after}` };
    });
    build.onResolve({ filter: /\.node$/ }, () => ({ path: file, external: true }));
  },
};

/** The framework stays outside: what a function registers must be found by its launcher. */
export const outsideFramework: Plugin = {
  name: 'outside-framework',
  setup(build) {
    build.onResolve({ filter: /^@google-cloud\/functions-framework$/ }, () => ({
      path: `./${FRAMEWORK_FOLDER}/index.cjs`,
      external: true,
    }));
  },
};
