import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { needCommandLine } from './checker.ts';
import { blocksOf, terraformFiles } from './sources.ts';

describe('terraform fmt', () => {
  before(function () {
    needCommandLine(this);
  });

  it('has nothing to change', () => {
    const { stdout } = spawnSync('terraform', ['fmt', '-check', '-recursive', 'terraform'], {
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
  });
});

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
    const objectives = [...text.matchAll(/^ {6}runbook = "([a-z-]+)"$/gm)].map(([, name]) => name!);
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
    assert.equal(messages.length, 10);
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
    assert.match(fields('request failed'), /\bcode\b/);
    assert.match(fields('notified'), /outcome/);
    // By a constant: what the line has is the alert itself.
    assert.ok(code.some((text) => text.includes('{ ...alert, level }')));
  });
});

const PIPELINE = ['cloudbuild.yaml', 'terraform/modules/delivery/apply.yaml'] as const;

for (const path of PIPELINE) {
  describe(path, () => {
    const text = readFileSync(path, 'utf8');

    it('pins every image by an exact version or digest', () => {
      const images = [...text.matchAll(/^ {4}name: (\S+)$/gm)].map(([, image]) => image!);
      assert.ok(images.length >= 4);
      for (const image of images) {
        assert.match(image, /(:\d+\.\d+\.\d+(-[a-z]+)?|@sha256:[\da-f]{64})$/);
      }
    });

    it('uses the version of Terraform that the environments ask for', () => {
      const terraform = /hashicorp\/terraform:(\d+\.\d+)\./.exec(text)![1];
      for (const { path, text: versions } of terraformFiles('envs/*/versions.tf')) {
        assert.match(versions, new RegExp(`required_version = "~> ${terraform}"`), path);
      }
    });

    it('says every substitution, and is given each by a trigger', () => {
      const named = new Set([...text.matchAll(/\$\{(_[A-Z]+)\}/g)].map(([, name]) => name!));
      const asked = [...text.matchAll(/^ {2}(_[A-Z]+):/gm)].map(([, name]) => name!).sort();
      assert.deepEqual([...named].sort(), asked);
      const triggers = readFileSync('terraform/modules/delivery/main.tf', 'utf8');
      assert.ok(existsSync(path) && triggers.includes(`"${path}"`));
      for (const name of asked) assert.match(triggers, new RegExp(`^ {4}${name} +=`, 'm'), name);
    });

    it('waits for nothing that is not there', () => {
      const ids = [...text.matchAll(/^ {2}- id: ([\w-]+)$/gm)].map(([, id]) => id!);
      for (const [, list] of text.matchAll(/waitFor: \[(.*)\]/g)) {
        for (const id of list!.split(', ')) assert.ok(ids.includes(id), id);
      }
    });
  });
}

describe('the pipeline', () => {
  const [plan, apply] = PIPELINE.map((path) => readFileSync(path, 'utf8'));
  const stepsOf = (text: string) =>
    [...text.matchAll(/^ {2}- id: ([\w-]+)$/gm)].map(([, id]) => id!);

  it('runs on the Node that the project is made for', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    assert.ok(plan!.includes(`node:${devDependencies.node}-`));
  });

  it('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const run = [...plan!.matchAll(/args: \[run, (\w+)\]/g)].map(([, name]) => name!);
    assert.deepEqual(run.sort(), ['build', 'lint', 'types']);
    for (const name of [...run, 'test']) assert.ok(scripts[name], name);
  });

  it('keeps the plan before it hands it over', () => {
    assert.deepEqual(stepsOf(plan!).slice(-3), ['plan', 'keep', 'hand-over']);
    assert.match(plan!, /-out=\/workspace\/delivery\/plan /);
    for (const [before, after] of [
      ['plan', 'keep'],
      ['keep', 'hand-over'],
    ]) {
      const step = plan!.split(/^ {2}- id: /m).find((text) => text.startsWith(`${after}\n`))!;
      assert.match(step, new RegExp(`waitFor: \\[${before}\\]`));
    }
    assert.doesNotMatch(plan!, /terraform apply/);
  });

  it('applies that very plan, with the traffic held, and moves the traffic afterwards', () => {
    assert.deepEqual(stepsOf(apply!), ['fetch', 'hold', 'apply', 'roll']);
    // One after another: a step without waitFor waits for all before it.
    assert.doesNotMatch(apply!, /waitFor/);
    assert.match(apply!, /terraform apply -lock-timeout=5m \/workspace\/delivery\/plan$/m);
    assert.doesNotMatch(apply!, /terraform plan/);
    assert.match(plan!, /-var=hold_traffic=true/);
    for (const step of ['hold', 'roll']) {
      assert.ok(apply!.includes(`[terraform/modules/delivery/rollout.sh, ${step}, '\${_SCORE}']`));
    }
  });
});
