/** A process of its own that takes a folder's lock, says so, and holds it until it is killed: `node --import tsx hold-folder.ts FOLDER`. */
import { messageOf } from '../../src/foundation/errors.ts';
import { lockFolder } from '../../src/foundation/folder-lock.ts';

async function main(): Promise<void> {
  try {
    await lockFolder(process.argv[2]!);
    process.stdout.write('taken\n');
    setInterval(() => undefined, 1000);
  } catch (error) {
    process.stdout.write(`${messageOf(error)}\n`);
    process.exit();
  }
}

void main();
