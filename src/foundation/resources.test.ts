import { expect, test } from 'vitest';
import { Resources } from './resources.ts';

test('what was taken last is given back first, all of it and once, whatever one of them throws', async () => {
  const given: string[] = [];
  const held = new Resources();
  const take = (name: string, error?: Error) =>
    held.add({
      dispose: () => {
        given.push(name);
        return error ? Promise.reject(error) : Promise.resolve();
      },
    });
  take('weights');
  take('program', new Error('the program'));
  take('state', new Error('the state'));
  await expect(held.dispose()).rejects.toThrow('the state');
  await held.dispose();
  expect(given).toEqual(['state', 'program', 'weights']);
});
