/** The code of a page of the docs: what readers are told to run. A first line `// assistants/cafe.ts` names a file, and is no part of it. */
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
