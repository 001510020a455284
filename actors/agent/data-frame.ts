/** Data inside a prompt: between tags, in JSON that cannot close them. Whoever writes the data cannot write instructions. */

export function framed(tag: string, data: unknown): string {
  return `<${tag}>${JSON.stringify(data).replaceAll('<', '\\u003c')}</${tag}>`;
}
