/** The commands of the start page, which are for the program as it was started. */
import { expect, it } from 'vitest';
import { startCommand } from '#console/start/machine.ts';

it.each([
  ['http://localhost:3000', 'npm start'],
  ['http://localhost:4000', 'PORT=4000 npm start'],
  ['https://chat.example.com', 'npm start'],
])('starts the program of %s again by "%s"', (origin, command) => {
  expect(startCommand(origin)).toBe(command);
});
