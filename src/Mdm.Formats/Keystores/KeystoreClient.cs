using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>One keystore, one method per operation of the protocol. Safe for concurrent use.</summary>
/// <param name="http">Sends the requests; its connections bring credential and trust. Not disposed.</param>
/// <param name="address">The service, as <c>https://keys1.example.org:8443/services/keys</c>.</param>
public sealed class KeystoreClient(HttpMessageInvoker http, Uri address)
{
    private const int MaxReasonLength = 2048;
    private static readonly MediaTypeHeaderValue Json = new(KeystoreWire.MediaType);

    /// <summary>The service that is asked.</summary>
    public Uri Address { get; } = address;

    /// <summary>What a person calls it: host and port.</summary>
    public string Name => Address.Authority;

    /// <summary>What the keystore says of itself and of the caller.</summary>
    public Task<KeystoreStatus> StatusAsync(CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Status, new ListRequest(), KeystoreJson.Default.ListRequest, KeystoreJson.Default.KeystoreStatus, _ => true, cancellationToken);

    /// <summary>The shares of keys.</summary>
    public Task<ReadAnswer> ReadAsync(ReadRequest request, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Read, request, KeystoreJson.Default.ReadRequest, KeystoreJson.Default.ReadAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    /// <summary>Asks for a promise.</summary>
    public Task<ReserveAnswer> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Reserve, request, KeystoreJson.Default.ReserveRequest, KeystoreJson.Default.ReserveAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    /// <summary>Leaves shares.</summary>
    public Task<StatusAnswer> DepositAsync(DepositRequest request, CancellationToken cancellationToken) => DepositAsync(KeystoreOperations.Deposit, request, cancellationToken);

    /// <summary>Leaves shares beside those in force.</summary>
    public Task<StatusAnswer> StageAsync(DepositRequest request, CancellationToken cancellationToken) => DepositAsync(KeystoreOperations.Stage, request, cancellationToken);

    /// <summary>Puts staged shares in force.</summary>
    public Task<StatusAnswer> PromoteAsync(PromoteRequest request, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Promote, request, KeystoreJson.Default.PromoteRequest, KeystoreJson.Default.StatusAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    /// <summary>Replaces rights.</summary>
    public Task<StatusAnswer> SetRightsAsync(RightsRequest request, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Rights, request, KeystoreJson.Default.RightsRequest, KeystoreJson.Default.StatusAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    /// <summary>Destroys shares for good.</summary>
    public Task<StatusAnswer> DestroyAsync(KeysRequest request, CancellationToken cancellationToken) => ForKeysAsync(KeystoreOperations.Destroy, request, cancellationToken);

    /// <summary>Drops shares without a trace.</summary>
    public Task<StatusAnswer> ForgetAsync(KeysRequest request, CancellationToken cancellationToken) => ForKeysAsync(KeystoreOperations.Forget, request, cancellationToken);

    /// <summary>A page of what the keystore holds.</summary>
    public Task<ListAnswer> ListAsync(ListRequest request, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.List, request, KeystoreJson.Default.ListRequest, KeystoreJson.Default.ListAnswer, a => a.Keys.Count <= request.Limit && IsInOrder(a, request.After), cancellationToken);

    /// <summary>What the keystore holds of these keys.</summary>
    public Task<ListAnswer> DescribeAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellationToken) =>
        AskAsync(KeystoreOperations.Describe, new ListRequest(Keys: keys), KeystoreJson.Default.ListRequest, KeystoreJson.Default.ListAnswer, a => a.Keys.Count == keys.Count, cancellationToken);

    /// <summary>The name of it.</summary>
    public override string ToString() => Name;

    private static bool IsInOrder(ListAnswer answer, KeyId? after)
    {
        foreach (var key in answer.Keys)
        {
            if (after is { } before && key.Id.CompareTo(before) <= 0)
                return false;
            after = key.Id;
        }
        return !answer.HasMore || answer.Keys.Count > 0;
    }

    private Task<StatusAnswer> DepositAsync(string operation, DepositRequest request, CancellationToken cancellationToken) =>
        AskAsync(operation, request, KeystoreJson.Default.DepositRequest, KeystoreJson.Default.StatusAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    private Task<StatusAnswer> ForKeysAsync(string operation, KeysRequest request, CancellationToken cancellationToken) =>
        AskAsync(operation, request, KeystoreJson.Default.KeysRequest, KeystoreJson.Default.StatusAnswer, a => a.Keys.Count == request.Keys.Count, cancellationToken);

    private async Task<TAnswer> AskAsync<TRequest, TAnswer>(
        string operation, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, Func<TAnswer, bool> fits, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{Address.AbsoluteUri.TrimEnd('/')}/{KeystoreOperations.Version}/{operation}") { Content = new ByteArrayContent(KeystoreWire.Write(request, requestType)) };
        message.Content.Headers.ContentType = Json;
        try
        {
            using var response = await http.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var body = await BodyAsync(response, cancellationToken).ConfigureAwait(false);
            try
            {
                if (response.StatusCode != HttpStatusCode.OK)
                    throw Refusal(response.StatusCode, body.Span);
                var answer = KeystoreWire.Read(body.Span, answerType);
                return fits(answer) ? answer : throw new MdmException(MdmErrorKind.Unavailable, $"The keystore {Name} answered {operation} for other keys than were asked.");
            }
            finally
            {
                // Shares stood in it.
                CryptographicOperations.ZeroMemory(body.Span);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(e);
        }
        catch (MdmException e) when (e.Kind == MdmErrorKind.InvalidName)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The keystore {Name} does not speak this protocol: {e.Message}", e);
        }
    }

    private async Task<Memory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        const int usual = 16 * 1024;
        if (response.Content.Headers.ContentLength > KeystoreLimits.MaxAnswerLength)
            throw new MdmException(MdmErrorKind.Unavailable, $"The keystore {Name} answers more than {KeystoreLimits.MaxAnswerLength} bytes.");
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        var buffer = new byte[(int)(response.Content.Headers.ContentLength + 1 ?? usual)];
        var length = 0;
        while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            length += read;
            if (length > KeystoreLimits.MaxAnswerLength)
                throw new MdmException(MdmErrorKind.Unavailable, $"The keystore {Name} answers more than {KeystoreLimits.MaxAnswerLength} bytes.");
            if (length < buffer.Length)
                continue;
            var larger = new byte[buffer.Length * 2];
            buffer.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(buffer);
            buffer = larger;
        }
        return buffer.AsMemory(0, length);
    }

    private MdmException Refusal(HttpStatusCode status, ReadOnlySpan<byte> body)
    {
        var reason = new string([.. Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxReasonLength)]).Trim().Where(c => !char.IsControl(c))]);
        return new MdmException(status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => MdmErrorKind.AccessDenied,
            HttpStatusCode.ServiceUnavailable => MdmErrorKind.Busy,
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => MdmErrorKind.Refused,
            _ => MdmErrorKind.Unavailable,
        }, $"The keystore {Name} answered HTTP {(int)status}: {reason}");
    }

    private MdmException Unreachable(Exception cause)
    {
        // What the connection's maker says says most: who is not trusted, or that nobody listens.
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is MdmException said)
                return new MdmException(said.Kind == MdmErrorKind.AccessDenied ? MdmErrorKind.AccessDenied : MdmErrorKind.Unavailable, $"The keystore {Name}: {said.Message}", cause);
        }
        return new MdmException(MdmErrorKind.Unavailable, $"The keystore {Name} cannot be reached: {cause.GetBaseException().Message}", cause);
    }
}
