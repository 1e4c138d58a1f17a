// What a program keeps between its steps through OAuth.
export function memory(redirectUrl) {
  const kept = {};
  return {
    asked: undefined,
    redirectUrl,
    clientMetadata: {
      client_name: "keyferry-tests",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state: () => "the-state",
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    saveDiscoveryState: (state) => void (kept.discovery = state),
    discoveryState: () => kept.discovery,
    redirectToAuthorization(url) {
      this.asked = url;
    },
    spoilAccessToken: () => void (kept.tokens = { ...kept.tokens, access_token: "spoiled" }),
  };
}
