# Build: the `dist` profile (thin LTO) in an image with the toolchain. Run: nothing but the binary and the
# certificates, as a user without rights, on a root that can be read-only.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends cmake g++ make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --profile dist --locked --package keyferry && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/dist/keyferry /usr/local/bin/keyferry
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot
ENV KEYFERRY_DATA=/data
EXPOSE 8474
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/local/bin/keyferry", "admin", "health"]
ENTRYPOINT ["/usr/local/bin/keyferry"]
CMD ["serve"]
