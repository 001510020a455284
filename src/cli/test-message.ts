/** Sends the test message of `statechat doctor --test`, through the running program. */
import { HttpProblem } from '#channels/problem.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { testChannel } from '../operations/channels.ts';
import { type Check, type Finding, well, wrong } from './doctor.ts';
import type { RunningProgram } from './running-program.ts';

/** Longer than the 30 s that the program gives the provider, in milliseconds. */
const TIMEOUT_MS = 40_000;

export function testMessageCheck(program: RunningProgram, address: Address): Check {
  return { name: 'Test message', timeoutMs: TIMEOUT_MS, run: (signal) => send(program, address, signal) };
}

async function send(program: RunningProgram, address: Address, signal: AbortSignal): Promise<Finding> {
  if (program.state === 'absent')
    return wrong(`not sent, because no Statechat runs at ${program.url}`, 'Start it with npm start, and send the message again.');
  if (program.state === 'unusable') return wrong(`not sent, because ${program.finding.detail}`, program.finding.fix);
  try {
    const { ref } = testChannel.output.parse(await program.perform(testChannel, () => ({ address }), { signal }));
    return well(`sent to ${address}, and the provider took it as ${ref}. See whether it has arrived`);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const { channel } = addressParts(address);
    const reasons = [error.problem.detail, program.channels.find(({ name }) => name === channel)?.problem];
    return wrong(`not sent to ${address}`, reasons.filter((reason) => typeof reason === 'string').join('\n'));
  }
}
