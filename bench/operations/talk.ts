/**
 * The texts of customers and the assistant in the sessions that are measured. No text comes twice
 * in a session, so that compression finds what it would find in real ones.
 */
export const TALK: readonly (readonly [question: string, answer: string])[] = [
  [
    'Is the flat in Mill Lane still free, and is there a lift for the pram?',
    'It is still free. There is a lift, but it stops half a floor below: seven steps are left to climb with the pram.',
  ],
  [
    'Good. Could I see it on Sunday, some time before noon?',
    'On Sunday we show it from ten to twelve, and the caretaker has the keys. Shall I put you on the list for half past ten?',
  ],
  [
    'Half past ten is fine. How much is the deposit again?',
    'Three months of rent without heating, so 2,340 in all. You may pay it in three parts, the first before you move in.',
  ],
  [
    'And are pets allowed? We have an old cat, she never leaves the house.',
    'Cats are welcome as long as they stay inside. The landlord would like one line about that in the contract.',
  ],
  [
    'My husband works from home, is the connection any good there?',
    'Fibre was laid last spring and comes into the hall. The tenants before you told us of 500 megabits, even in the evening.',
  ],
  [
    'What about parking? We only have one small car.',
    'There is one place in the yard for 45 a month. On the street you need a permit, which the town office issues in a day.',
  ],
  [
    'Does the kitchen stay in or do we have to buy it from the people before us?',
    'The kitchen belongs to the house and stays. Only the dishwasher is theirs; they would leave it with you for 150.',
  ],
  [
    'Which papers do you need from us on Sunday?',
    'Bring an identity card, your last three pay slips and the form I have just sent by mail. Copies are enough for the first two.',
  ],
  [
    'We may be ten minutes late, our train is slow on Sundays. Is that a problem?',
    'Not at all. I have told the caretaker; ring at the door marked Weber if nobody waits downstairs.',
  ],
  [
    'Thanks a lot! One more thing: when could we move in at the earliest?',
    'It will be painted in the second week of March, so from the fifteenth on. If you like the walls as they are, a week sooner.',
  ],
];
