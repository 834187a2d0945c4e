using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;

namespace Mdm.Fuzz.Targets;

/// <summary>What keystores and their clients send to each other.</summary>
internal static class KeyTargets
{
    private static readonly KeyId Id = KeyId.Parse("00112233445566778899aabbccddeeff");
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];

    public static IEnumerable<FuzzTarget> All()
    {
        // Made anew in each run: the splits are random, the structure is not.
        var shares = KeySplitter.Split(Id, Key, 3, 2, 3);
        return
        [
            new("key-share", InputShape.Binary, _ => [.. shares.Select(s => s.Bytes.ToArray()), KeySplitter.Split(Id, Key.AsSpan(0, 16), 1, 3, 5)[4].Bytes.ToArray()], input => Share(input, shares)) { MaxLength = 2 * KeyShare.MaxLength },
            new("keystore-message", InputShape.Text, _ => [.. Seeds(shares)], Message)
            {
                Tokens = [.. new[] { "\"keys\":[", "null", "\"share\":\"TURTMQ==\"", "\"rights\":-1", "\"status\":\"ok\"", "\"ballot\":", "[[[[[[[[[[", "\"limit\":0", "\"for\":{}", "1e999", "\\ud800", "\"acl\":[\"user::g\"]" }.Select(Encoding.ASCII.GetBytes)],
            },
        ];
    }

    private static bool Share(byte[] input, IReadOnlyList<KeyShare> good)
    {
        if (!KeyShare.TryParse(input, out var share))
            return false;
        if (!share.Bytes.SequenceEqual(input))
            throw new FindingException("a share that is read is not what was given");
        using var joined = KeySplitter.Join(Id, [share, good[0], good[1]]);
        if (!joined.Key.SequenceEqual(Key))
            throw new FindingException("two right shares and another did not give the key");
        using var two = KeySplitter.Join(Id, [share, good[2]]);
        if (two.Outcome == JoinOutcome.Joined && !two.Key.SequenceEqual(Key))
            throw new FindingException("a wrong share gave a key");
        return true;
    }

    private static bool Message(byte[] input)
    {
        var json = KeystoreJson.Default;
        return Takes(input, json.ReadRequest, m => m.For?.ToIdentity()) | Takes(input, json.ReadAnswer) | Takes(input, json.ReserveRequest) | Takes(input, json.ReserveAnswer)
            | Takes(input, json.DepositRequest, m => Again(m.Rights)) | Takes(input, json.RightsRequest, m => Again(m.Rights)) | Takes(input, json.KeysRequest)
            | Takes(input, json.PromoteRequest) | Takes(input, json.StatusAnswer) | Takes(input, json.ListRequest) | Takes(input, json.ListAnswer) | Takes(input, json.KeystoreStatus);
    }

    private static void Again(IReadOnlyList<WireRights> all)
    {
        foreach (var wire in all)
        {
            var rights = wire.ToRights();
            if (!WireRights.Of(rights).ToRights().Equals(rights))
                throw new FindingException("rights are not what they were when written and read again");
        }
    }

    private static bool Takes<T>(byte[] input, JsonTypeInfo<T> type, Action<T>? look = null)
        where T : class
    {
        try
        {
            var message = KeystoreWire.Read(input, type);
            look?.Invoke(message);
            var written = KeystoreWire.Write(message, type);
            if (!written.AsSpan().SequenceEqual(KeystoreWire.Write(KeystoreWire.Read(written, type), type)))
                throw new FindingException("write, read, write gives another message");
            return true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private static IEnumerable<byte[]> Seeds(IReadOnlyList<KeyShare> shares)
    {
        var json = KeystoreJson.Default;
        var ballot = Ballot.After(default);
        var share = shares[0].Bytes.ToArray();
        WireRights[] rights = [new("/DC=org/CN=Owner", "/vo/Role=r", ["user::pdrwl-gs", "group:/vo:--r---g-", "mask::--r---g-", "other::--------"]), new("/DC=org/CN=Owner", null, [])];
        yield return KeystoreWire.Write(new ReadRequest([Id, Id], new WireCaller("/DC=org/CN=Some Body", ["/vo", "/vo/Role=r"], true)), json.ReadRequest);
        yield return KeystoreWire.Write(new ReadAnswer([new(KeyStatus.Ok, [share]), new(KeyStatus.None)]), json.ReadAnswer);
        yield return KeystoreWire.Write(new ReserveRequest([Id], ballot, true), json.ReserveRequest);
        yield return KeystoreWire.Write(new ReserveAnswer([new(KeyStatus.Outbid, ballot, ballot, [share, share])]), json.ReserveAnswer);
        yield return KeystoreWire.Write(new DepositRequest([new(Id, share, ballot, 0, 1_700_000_000_000, "/CN=host", shares[0].Split)], rights), json.DepositRequest);
        yield return KeystoreWire.Write(new RightsRequest([new(Id, 0)], rights, 5, 4), json.RightsRequest);
        yield return KeystoreWire.Write(new KeysRequest([Id]), json.KeysRequest);
        yield return KeystoreWire.Write(new PromoteRequest([new(Id, shares[0].Split)]), json.PromoteRequest);
        yield return KeystoreWire.Write(new StatusAnswer([new(KeyStatus.Superseded), new(KeyStatus.Outbid, ballot)]), json.StatusAnswer);
        yield return KeystoreWire.Write(new ListRequest(Id, 7), json.ListRequest);
        yield return KeystoreWire.Write(new ListAnswer([new(Id, KeyStatus.Ok, 0, 1, ballot, "/CN=host", 2, shares[0].Split, null, 2, 3, 1)], rights, true), json.ListAnswer);
        yield return KeystoreWire.Write(new KeystoreStatus("Medical Data Manager", 3, true, false, true), json.KeystoreStatus);
    }
}
