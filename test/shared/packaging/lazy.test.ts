/** What a deferred module loads, and when, told by a `require` that notes what it is asked for. */
import assert from 'node:assert/strict';
import { defer } from '../../../shared/packaging/lazy.ts';

/** Runs a module. @returns its exports, and what it has loaded so far */
async function run(source: string, found: Record<string, unknown> = {}) {
  const loaded: string[] = [];
  const require = (name: string): unknown => {
    loaded.push(name);
    return found[name] ?? { name };
  };
  const module = { exports: {} as Record<string, (...args: unknown[]) => unknown> };
  const code = await defer(source, 'module.js');
  new Function('require', 'module', 'exports', code)(require, module, module.exports);
  return { exports: module.exports, loaded };
}

describe('a deferred module', () => {
  it('loads another when it first reads it, and once', async () => {
    const { exports, loaded } = await run(`
      "use strict";
const other_1 = require("other");
var never = require('never');
exports.read = () => other_1.name;`);
    assert.deepEqual(loaded, []);
    assert.equal(exports.read!(), 'other');
    assert.equal(exports.read!(), 'other');
    assert.deepEqual(loaded, ['other']);
  });

  it('hands on what it exports of another without loading it', async () => {
    const { exports, loaded } = await run(`
var other_1 = require("other");
Object.defineProperty(exports, "name", { enumerable: true, get: function () { return other_1.name; } });`);
    assert.deepEqual(loaded, []);
    assert.equal(exports.name, 'other');
  });

  it('needs no semicolons', async () => {
    const { exports, loaded } = await run(
      `
var a = require('a')
var b = require('b')

/* what b is for */
var called = require('called')
  ('name')
var member = require('member')
  .name
exports.read = () => [a.name, b.name, called, member]
var last = require('last')`,
      { called: () => 'called' },
    );
    assert.deepEqual(loaded, ['called', 'member']);
    assert.deepEqual(exports.read!(), ['a', 'b', 'called', 'member']);
    assert.deepEqual(loaded, ['called', 'member', 'a', 'b']);
  });

  it('loads what it builds on at once', async () => {
    const { loaded } = await run(
      `
const base_1 = require("base");
class Derived extends base_1.Base {}`,
      { base: { Base: class {} } },
    );
    assert.deepEqual(loaded, ['base']);
  });

  it('keeps what TypeScript makes of a namespace or default', async () => {
    const { exports, loaded } = await run(`
const __importStar = (module) => ({ star: module.name });
const __importDefault = (module) => ({ default: module.name });
const a = __importStar(require("a"));
const b_1 = __importDefault(require("b"));
exports.read = () => [a.star, b_1.default];`);
    assert.deepEqual(loaded, []);
    assert.deepEqual(exports.read!(), ['a', 'b']);
  });

  it('leaves alone what only has the same name', async () => {
    const { exports, loaded } = await run(`
const path = require("path");
exports.property = (it) => it.path;
exports.parameter = (path) => path;
exports.shorthand = () => ({ path }).path.name;`);
    assert.equal(exports.property!({ path: 1 }), 1);
    assert.equal(exports.parameter!(2), 2);
    assert.deepEqual(loaded, []);
    assert.equal(exports.shorthand!(), 'path');
  });

  it('loads at once what is called, only loaded, written to again, or adds to others', async () => {
    const { loaded } = await run(
      `
require("bare");
const debug = require("debug")("name");
let kept = require("kept");
kept = kept ?? {};
const descriptor = require("protobufjs/ext/descriptor");
const [first] = [require("first")], other = require("other");`,
      { debug: () => () => {} },
    );
    const all = ['bare', 'debug', 'kept', 'protobufjs/ext/descriptor', 'first', 'other'];
    assert.deepEqual(loaded, all);
  });

  it('takes the headers of its own transport, not those of Node’s fetch', async () => {
    class Plain {}
    const { exports } = await run(
      `
exports.make = () => [new Headers(), new globalThis.Headers()];
exports.own = () => { class Headers {} return new Headers(); };`,
      { 'node-fetch/src/headers.js': { default: Plain } },
    );
    for (const headers of exports.make!() as object[]) assert.ok(headers instanceof Plain);
    assert.ok(!(exports.own!() instanceof Plain));
  });

  it('is the same text where there is nothing to defer', async () => {
    const source = '#!/usr/bin/env node\nrequire("a")();\n';
    assert.equal(await defer(source, 'module.js'), source);
  });
});
