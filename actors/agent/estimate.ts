/** The estimate of tokens, which session machines keep their windows by as well. */
export { estimateTokens } from '#machines/tokens.ts';
