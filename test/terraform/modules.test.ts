import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { type ModuleTests, needTerraform, testModules } from './checker.ts';

const MODULES = globSync('terraform/modules/*/tests')
  .map((path) => path.split('/')[2]!)
  .sort();

describe('terraform test', function () {
  this.timeout(180_000);

  let results: Map<string, ModuleTests>;

  before(function () {
    needTerraform(this);
    results = testModules(MODULES);
  });

  for (const name of MODULES) {
    it(`passes in the module ${name}`, () => {
      const { passed, report } = results.get(name)!;
      assert.ok(passed, report);
      assert.match(report, /Success! [1-9]\d* passed, 0 failed/);
    });
  }
});
