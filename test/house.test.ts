/** Rules of the house that no compiler and no linter knows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const tracked = () => {
  try {
    return execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  } catch {
    return undefined;
  }
};

const TOP_LEVEL = new Set([
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'cloudbuild.yaml',
  'functions',
  'package-lock.json',
  'package.json',
  'shared',
  'sql',
  'terraform',
  'test',
  'tsconfig.json',
]);

describe('the house', () => {
  let files: string[];

  before(function () {
    const found = tracked();
    // An archive without its history has no list of files to hold against the rules.
    if (!found) this.skip();
    files = found;
  });

  it('has no other names at the top', () => {
    const names = new Set(files.map((file) => file.split('/')[0]!));
    const others = [...names].filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name));
    assert.deepEqual(others, []);
  });

  it('names files in snake_case', () => {
    const odd = files.filter(
      (file) => file.endsWith('.ts') && !/^[a-z0-9_]+(\.as|\.test)?\.ts$/.test(basename(file)),
    );
    assert.deepEqual(odd, []);
  });

  it('says of every statement what it is for, its grain or inputs, above it', () => {
    for (const file of files.filter((name) => name.endsWith('.sql'))) {
      const text = readFileSync(file, 'utf8');
      assert.match(text, /^-- Purpose: \w/, file);
      assert.match(text, /^-- (Grain|Inputs): \w/m, file);
    }
  });

  it('pins packages by hash, and to no registry', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    for (const [path, entry] of Object.entries<Record<string, unknown>>(packages)) {
      if (path === '') continue;
      assert.equal(entry.resolved, undefined, path);
      assert.ok(entry.integrity, path);
    }
  });

  it('pins the versions that it asks for', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    }
  });

  it('loads onnxruntime in one place, where its telemetry is off', () => {
    const loading = /(from|import|import\() *'onnxruntime-node'/;
    const loaders = files.filter(
      (file) => file.endsWith('.ts') && loading.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(loaders, ['shared/scorer/onnxruntime.ts']);
  });

  it('keeps no binaries and no large files', () => {
    for (const file of files) {
      const bytes = readFileSync(file);
      assert.ok(bytes.length < 400_000, `${file} has ${bytes.length} bytes`);
      assert.ok(!bytes.includes(0), `${file} is binary`);
    }
  });
});
