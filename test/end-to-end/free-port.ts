export { freePort } from '#storage/embedded/free-port.ts';
