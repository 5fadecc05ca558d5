import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { blocksOf, terraformFiles } from './sources.ts';

describe('the Terraform configuration', () => {
  it('keeps to 79 columns', () => {
    const long = terraformFiles('**/*.tf').flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, i) => ({ place: `${path}:${i + 1}`, columns: line.length }))
        .filter(({ columns }) => columns > 79),
    );
    assert.deepEqual(long, []);
  });

  it('lists variables and outputs by the alphabet, and describes each', () => {
    const files = terraformFiles('**/{variables,outputs}.tf');
    assert.ok(files.length >= 20, 'the files were not found');
    for (const { path, text } of files) {
      for (const kind of ['variable', 'output'] as const) {
        const names = blocksOf(text, kind);
        assert.deepEqual(names, [...names].sort(), path);
      }
      const blocks = blocksOf(text, 'variable').length + blocksOf(text, 'output').length;
      assert.equal(text.match(/^ {2}description\s+= /gm)?.length ?? 0, blocks, path);
    }
  });

  it('asks for every variable of an environment in both, where both have it', () => {
    const [dev, prod] = ['dev', 'prod'].map((name) =>
      blocksOf(readFileSync(`terraform/envs/${name}/variables.tf`, 'utf8'), 'variable'),
    );
    assert.deepEqual(
      dev!.filter((name) => !prod!.includes(name)),
      [],
    );
  });

  it('has a runbook for every alert, and an alert for every runbook', () => {
    const text = terraformFiles('modules/monitoring/*.tf')
      .map((file) => file.text)
      .join('\n');
    const fixed = [...text.matchAll(/runbooks\/([a-z-]+)\.md/g)].map(([, name]) => name!);
    const keyed = [...text.matchAll(/^ {4}([a-z-]+) = \{\n {6}title /gm)].map(([, name]) => name!);
    const objectives = ['availability', 'latency'];
    const alerts = new Set([...fixed, ...keyed, ...objectives]);
    assert.ok(keyed.length >= 9, 'the alerts were not found');
    const runbooks = globSync('terraform/modules/monitoring/runbooks/*.md').map(
      (path) => /([a-z-]+)\.md$/.exec(path)![1]!,
    );
    assert.deepEqual(runbooks.sort(), [...alerts].sort());
  });

  it('counts messages that the functions really log', () => {
    const metrics = readFileSync('terraform/modules/monitoring/metrics.tf', 'utf8');
    const messages = [...metrics.matchAll(/jsonPayload\.message[:=]\\"([^"\\]+)\\"/g)];
    const code = globSync('{functions,shared}/**/*.ts')
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    assert.equal(messages.length, 8);
    for (const [, message] of messages) {
      assert.ok(code.includes(message!), `nothing logs "${message}"`);
    }
  });

  it('labels log metrics by fields that the lines have', () => {
    const code = globSync('{functions,shared}/**/*.ts').map((path) => readFileSync(path, 'utf8'));
    const fields = (message: string) => {
      const text = code.find((candidate) => candidate.includes(`'${message}'`)) ?? '';
      return text.slice(text.indexOf(`'${message}'`)).slice(0, 200);
    };
    assert.match(fields('deciding by policy alone'), /\{ portfolio, why\b/);
    const out = fields('the guard took the challenger out; the champion decides');
    for (const field of ['portfolio', 'version', '...trip']) assert.ok(out.includes(field), field);
    assert.match(fields('retrained'), /\bpromotion\b/);
    assert.match(fields('ingested'), /\bstream: /);
    assert.match(fields('request failed'), /\bcode: /);
  });
});

describe('cloudbuild.yaml', () => {
  const text = readFileSync('cloudbuild.yaml', 'utf8');

  it('pins every image by an exact version or digest', () => {
    const images = [...text.matchAll(/^ {4}name: (\S+)$/gm)].map(([, image]) => image!);
    assert.ok(images.length >= 10);
    for (const image of images) {
      assert.match(image, /(:\d+\.\d+\.\d+(-[a-z]+)?|@sha256:[\da-f]{64})$/);
    }
  });

  it('uses the versions of Node and Terraform that the project is made for', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    assert.ok(text.includes(`node:${devDependencies.node}-`));
    const terraform = /hashicorp\/terraform:(\d+\.\d+)\./.exec(text)![1];
    for (const { path, text: versions } of terraformFiles('envs/*/versions.tf')) {
      assert.match(versions, new RegExp(`required_version = "~> ${terraform}"`), path);
    }
  });

  it('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const run = [...text.matchAll(/args: \[run, (\w+)\]/g)].map(([, name]) => name!);
    assert.deepEqual(run.sort(), ['build', 'lint', 'types']);
    for (const name of [...run, 'test']) assert.ok(scripts[name], name);
  });

  it('applies the very plan that it kept, and asks score afterwards', () => {
    const ids = [...text.matchAll(/^ {2}- id: (\w+)$/gm)].map(([, id]) => id!);
    assert.deepEqual(ids.slice(-4), ['plan', 'keep', 'apply', 'smoke']);
    assert.match(text, /-out=\/workspace\/delivery\/plan /);
    assert.match(text, /terraform apply -lock-timeout=5m \/workspace\/delivery\/plan$/m);
    const steps = text.split(/^ {2}- id: /m).slice(1);
    for (const [before, after] of [
      ['plan', 'keep'],
      ['keep', 'apply'],
      ['apply', 'smoke'],
    ]) {
      const step = steps.find((candidate) => candidate.startsWith(`${after}\n`))!;
      assert.match(step, new RegExp(`waitFor: \\[${before}\\]`));
    }
  });

  it('is given every substitution that it asks for by the trigger', () => {
    const trigger = readFileSync('terraform/modules/delivery/main.tf', 'utf8');
    const asked = [...text.matchAll(/^ {2}(_[A-Z]+):/gm)].map(([, name]) => name!).sort();
    const given = [...trigger.matchAll(/^ {4}(_[A-Z]+) +=/gm)].map(([, name]) => name!).sort();
    assert.deepEqual(given, asked);
    assert.ok(existsSync(/filename +=\s*"(.+)"/.exec(trigger)![1]!));
  });
});
