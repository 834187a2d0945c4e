using System.Buffers;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;
using Mdm.Srm.Tests.Messages;

namespace Mdm.Srm.Tests.Soap;

public class RoundTripTests
{
    private const int Seeds = 12;

    public static TheoryData<string> Operations { get; } = new(SrmOperation.All.Select(o => o.Name));

    [Fact]
    public void The_specification_has_39_operations_and_all_are_here()
    {
        SrmOperation.All.Should().HaveCount(39).And.OnlyHaveUniqueItems(o => o.Name);
        Generated.MessageTypes(typeof(SrmRequest)).Should().HaveCount(39);
        Generated.MessageTypes(typeof(SrmResponse)).Should().HaveCount(39);
    }

    [Theory, MemberData(nameof(Operations))]
    public void A_request_is_read_as_it_was_written(string name)
    {
        foreach (var message in Made<SrmRequest>(name))
        {
            var read = SoapReader.ReadRequest(Written(message), SoapLimits.Request);

            read.Refusal.Should().BeNull();
            read.Operation.Should().BeSameAs(message.Operation);
            read.Message.Should().BeOfType(message.GetType());
            read.Message.Should().BeEquivalentTo(message, o => o.RespectingRuntimeTypes().ComparingRecordsByMembers().WithStrictOrdering());
            Written(read.Message!).Should().Equal(Written(message));
        }
    }

    [Theory, MemberData(nameof(Operations))]
    public void A_response_is_read_as_it_was_written(string name)
    {
        foreach (var message in Made<SrmResponse>(name))
        {
            var read = SoapReader.ReadResponse(Written(message), SoapLimits.Response);

            read.Should().BeOfType(message.GetType());
            read.Should().BeEquivalentTo(message, o => o.RespectingRuntimeTypes().ComparingRecordsByMembers().WithStrictOrdering());
            Written(read).Should().Equal(Written(message));
        }
    }

    [Theory, MemberData(nameof(Operations))]
    public void A_refusal_is_an_answer_of_the_same_operation(string name)
    {
        var operation = SrmOperation.All.Single(o => o.Name == name);

        var answer = SoapReader.ReadResponse(Written(operation.Answer(new ReturnStatus(StatusCode.NotSupported, "not here"))), SoapLimits.Response);

        answer.Operation.Should().BeSameAs(operation);
        if (answer is SrmStatusResponse status)
            status.ReturnStatus.Should().Be(new ReturnStatus(StatusCode.NotSupported, "not here"));
        else
            answer.Should().Be(new PingResponse { VersionInfo = "v2.2" });
    }

    internal static byte[] Written(SrmRequest message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(buffer, message);
        return buffer.WrittenSpan.ToArray();
    }

    internal static byte[] Written(SrmResponse message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SoapWriter.WriteResponse(buffer, message);
        return buffer.WrittenSpan.ToArray();
    }

    private static IEnumerable<T> Made<T>(string operation)
        where T : SrmValue
    {
        var type = Generated.MessageTypes(typeof(T)).Single(t => OperationOf((T)new Generated(0).Make(t)).Name == operation);
        for (var seed = 0; seed < Seeds; seed++)
            yield return (T)new Generated(seed).Make(type);
        yield return (T)new Generated(1, onlyRequired: true).Make(type);
    }

    private static SrmOperation OperationOf(SrmValue message) => message switch
    {
        SrmRequest request => request.Operation,
        SrmResponse response => response.Operation,
        _ => throw new ArgumentException(message.GetType().Name),
    };
}
