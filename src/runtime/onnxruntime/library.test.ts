import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../foundation/errors.ts';
import { findLibrary, loadingRemedy, loadOnnxRuntime, openLibrary } from './library.ts';

describe('the library of a platform', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dare-library-'));
    await writeFile(join(folder, 'package.json'), '{"version":"9.8.7"}');
    for (const path of [
      'linux/x64/libonnxruntime.so.1',
      'linux/x64/libonnxruntime_providers_shared.so',
      'linux/x64/onnxruntime_binding.node',
      'darwin/arm64/libonnxruntime.9.8.7.dylib',
      'win32/x64/onnxruntime.dll',
    ]) {
      const file = join(folder, 'bin', 'napi-v6', path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, 'not a library');
    }
  });
  afterAll(() => rm(folder, { recursive: true }));
  const find = (platform: NodeJS.Platform, arch: string) => findLibrary(join(folder, 'package.json'), platform, arch);

  test.each<[NodeJS.Platform, string, string]>([
    ['linux', 'x64', 'libonnxruntime.so.1'],
    ['darwin', 'arm64', 'libonnxruntime.9.8.7.dylib'],
    ['win32', 'x64', 'onnxruntime.dll'],
  ])('is found on %s, %s', (platform, arch, file) => {
    expect(find(platform, arch)).toEqual({
      path: join(folder, 'bin', 'napi-v6', platform, arch, file),
      version: '9.8.7',
    });
  });

  test.each<[NodeJS.Platform, string]>([
    ['linux', 'riscv64'],
    ['freebsd', 'x64'],
  ])('that is not there is an error for the user: %s, %s', (platform, arch) => {
    expect(() => find(platform, arch)).toThrow(UserError);
    expect(() => find(platform, arch)).toThrow(
      `${join(folder, 'bin')}: ONNX Runtime has no library for ${platform} on ${arch} (use Linux or Windows on x64`,
    );
  });

  test('of a package without its folder is not there', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await writeFile(join(empty, 'package.json'), '{"version":"1.0.0"}');
    expect(() => findLibrary(join(empty, 'package.json'), 'linux', 'x64')).toThrow('reinstall with "npm ci"');
  });

  test('that does not load is named', () => {
    const file = find('linux', 'x64');
    expect(() => openLibrary(file)).toThrow(UserError);
    expect(() => openLibrary(file)).toThrow(`${file.path}: ONNX Runtime 9.8.7 does not load`);
  });
});

test.each([
  ['libstdc++.so.6: cannot open shared object file: No such file', 'install the package that holds libstdc++.so.6'],
  ["/lib/libc.so.6: version `GLIBC_2.28' not found (required by libonnxruntime.so.1)", 'glibc 2.28 or newer'],
  ['Error loading shared library ld-linux-x86-64.so.2', 'on Alpine: a glibc image'],
  ['invalid ELF header', 'reinstall with "npm ci"'],
])('the linker’s "%s" has a remedy', (message, remedy) => {
  expect(loadingRemedy(message)).toContain(remedy);
});

test('the installed library loads once, and reports a call’s error by name', () => {
  const runtime = loadOnnxRuntime();
  expect(loadOnnxRuntime()).toBe(runtime);
  expect(runtime.version).toMatch(/^\d+\.\d+\.\d+$/);
  const options = runtime.make('CreateSessionOptions');
  const nonsense = Buffer.from('this is no model');
  expect(() => runtime.make('CreateSessionFromArray', runtime.environment, nonsense, nonsense.length, options)).toThrow(
    /^ONNX Runtime, CreateSessionFromArray: /,
  );
  runtime.release('ReleaseSessionOptions', options);
});
