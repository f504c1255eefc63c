/** Names in code as flags and people have them. */

/** The name of a setting as its flag has it: `batchSize` is batch-size. */
export const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** As people read it: `bitsPerByte` is bits per byte. */
export const inWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
