/**
 * Code blocks of a page of the docs, which readers are meant to run. A first line `//
 * my-assistants/cafe.ts` names a file, and is no part of the code.
 */
export interface CodeOfDocs {
  /** Relative to wherever the page's code is tried. Pages do not share folders. */
  readonly file: string;
  readonly code: string;
}

export function codeIn(markdown: string, page: string): readonly CodeOfDocs[] {
  const folder = page.replaceAll(/\W/g, '-');
  return [...markdown.matchAll(/^```ts\n(?:\/\/ (\S+\.ts)\n)?(.*?)^```$/gms)].map(([, named, code = ''], index) => ({
    file: `${folder}/${named ?? `${index}.ts`}`,
    code,
  }));
}
