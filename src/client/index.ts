/** `statechat/client`. */
export { type Client, type ClientOptions, createClient, type FileAnswer, type InputOf, type OutputOf } from './client.ts';
export { ApiError, isProblem, type ProblemCode } from './problem.ts';
export type { OperationName } from './wire.ts';
