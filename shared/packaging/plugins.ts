/** What a bundle leaves out of its packages, or takes from elsewhere. */
import { readFile } from 'node:fs/promises';
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
