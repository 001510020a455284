/** The address of a file that is built as it is. */
declare module '*?url' {
  const url: string;
  export default url;
}
